module.exports = { name: 'common' }
