// What operations on the configuration answer before there is one.
import { problem } from '../answer.ts'

export const notLoaded = problem(503, 'not_ready', 'no configuration is in force yet')
