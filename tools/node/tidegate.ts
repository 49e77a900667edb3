#!/usr/bin/env node
// The checkout's own `tidegate` command: runs the sources as they are, on the runtime pinned beside this file.
import '../../src/cli/main.ts'
