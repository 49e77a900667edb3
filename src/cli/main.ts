#!/usr/bin/env node
// Where the command line starts. Kept to what every Node can parse, so that an old one gets a sentence instead of a syntax error.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(
    `tidegate: this is Node ${process.versions.node}, and Node 24.12 or newer is needed; install it from https://nodejs.org and run the command again\n`,
  )
  process.exitCode = 1
} else {
  // `tidegate check | head` closes the pipe early; that is not a failure.
  process.stdout.on('error', (error) => {
    if (Object(error).code !== 'EPIPE') throw error
  })
  const { runProgram } = await import('./program.ts')
  await runProgram(process.argv)
}
