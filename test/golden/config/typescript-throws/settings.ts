export const settings: { routes: object } = JSON.parse('{')
