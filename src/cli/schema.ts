// `tidegate schema`: the JSON Schema of the configuration, as editors read it.
import { Command } from 'commander'
import { jsonSchema } from '../config/schema/json-schema.ts'
import { builtins } from '../runtime/builtins.ts'
import { print } from './output.ts'

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of the configuration')
    .addHelpText(
      'after',
      '\nExample:\n  tidegate schema > schema.json\n\nand in the first line of tidegate.yaml:\n  # yaml-language-server: $schema=./schema.json',
    )
    .action(() => print(JSON.stringify(jsonSchema(builtins), undefined, 2)))
}
