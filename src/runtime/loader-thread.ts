// The thread that loads a configuration: see `loader.ts`.
import './harden.ts'
import { parentPort, workerData } from 'node:worker_threads'
import { loadConfig } from '../config/load/load.ts'
import { createRegistry } from '../pipeline/registry.ts'
import { builtins } from './builtins.ts'
import type { LoadRequest } from './loader.ts'

parentPort?.postMessage(await loadConfig({ ...(workerData as LoadRequest), registry: createRegistry(builtins), distrust: true }))
