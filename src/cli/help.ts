// `tidegate help [TOPIC]`: the commands, or a page of the documents, rendered for the terminal and without a network.
import { Command } from 'commander'
import { editDistance } from '../base/edit-distance.ts'
import { failureLine, print, styled, talk } from './output.ts'

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 110
/** Where nobody says how wide it is. */
const PIPED = 80

/** commander's own prints the whole help as an error for a command that does not exist. */
export function helpCommand(program: Command): Command {
  return new Command('help')
    .argument('[topic]', 'a command, a page of the documents, a code of a fault or a key of the configuration')
    .description('print help: for a command, a code, a key of the configuration; the documents, offline')
    .addHelpText(
      'after',
      '\nExamples:\n  tidegate help upstream_refused\n  tidegate help timeouts\n  tidegate help cors\n  tidegate help routes.NAME.match\n  tidegate help docs/explain    the page where a command has the name',
    )
    .action(async (topic: string | undefined) => {
      const about = topic === undefined ? program : program.commands.find((command) => command.name() === topic)
      if (topic !== undefined && about === undefined) process.exitCode = await tellTopic(program, topic)
      else about?.outputHelp()
      if (topic !== undefined && about !== undefined && (await isSection(topic)))
        print(`\nThe section of the configuration: tidegate help ${topic}.NAME`)
      if (topic === undefined) print(await topicList())
    })
}

async function tellTopic(program: Command, topic: string): Promise<number> {
  const { readTopics, topicText } = await import('./help-topics.ts')
  const topics = readTopics()
  const text = topicText(topics, topic)
  if (text !== undefined) {
    const { renderMarkdown } = await import('./markdown.ts')
    const look = { width: columns(), bold: (words: string) => styled('bold', words, process.stdout) }
    process.stdout.write(renderMarkdown(text, look))
    return 0
  }
  const { laterCommand } = await import('./later-commands.ts')
  const later = laterCommand(topic)
  const near = nearest(topic, [...program.commands.map((command) => command.name()), ...topics.parts.keys()])
  talk(failureLine(later ?? `unknown topic '${topic}'${near === undefined ? '' : ` (did you mean ${near}?)`}; see tidegate help`))
  return 2
}

const columns = (): number => Math.min(process.stdout.columns ?? PIPED, WIDEST)

/** A command may have the name of a section of named things. */
async function isSection(topic: string): Promise<boolean> {
  const { keyText } = await import('./help-topics.ts')
  return keyText(`${topic}.NAME`) !== undefined
}

/** The topics after the commands, by group. */
async function topicList(): Promise<string> {
  const [{ readTopics }, { renderMarkdown }] = await Promise.all([import('./help-topics.ts'), import('./markdown.ts')])
  const plain = { width: columns() - 2, bold: (words: string) => words }
  const lines = [...readTopics().groups].map(([group, names]) => {
    return `${group}:\n${renderMarkdown(names.join(' '), plain)
      .replaceAll(/^(?=.)/gm, '  ')
      .trimEnd()}`
  })
  return `\nTopics, for \`tidegate help TOPIC\`:\n\n${lines.join('\n\n')}`
}

/** A name that was typed with a slip or two. */
function nearest(typed: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(typed.length / 3))
  const near = names.map((name) => ({ name, distance: editDistance(typed, name, most) })).filter(({ distance }) => distance <= most)
  return near.toSorted((a, b) => a.distance - b.distance)[0]?.name
}
