export default {
  version: 1,
  plugins: { geo: { name: 'geo' } },
  services: { users: { endpoints: ['http://127.0.0.1:3001'], host: Symbol('x') } },
  routes: {
    a: { match: () => true, service: 'users' },
    b: { match: /b/, service: 'users' },
    c: { match: '/c', service: ['users', undefined] },
  },
}
