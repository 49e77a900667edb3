// `tidegate schema`: the JSON Schema of the configuration, as editors read it.
import { Command } from 'commander'
import { print } from './output.ts'

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of the configuration')
    .addHelpText(
      'after',
      '\nExample:\n  tidegate schema > schema.json\n\nand in the first line of tidegate.yaml:\n  # yaml-language-server: $schema=./schema.json',
    )
    .action(async () => {
      // Imported here: `start` shares this command line, and should not carry a schema library for as long as it runs.
      const [{ jsonSchema }, { builtins }] = await Promise.all([
        import('../config/schema/json-schema.ts'),
        import('../runtime/builtins.ts'),
      ])
      print(JSON.stringify(jsonSchema(builtins), undefined, 2))
    })
}
