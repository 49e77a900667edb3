import { settings } from './settings.ts'

export default { version: 1, routes: settings.routes }
