import { loadAllConnectors } from '../../../connectors/registry.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createSchemas, writeSchemas } from '../../manifest/json-schemas.ts'
import { optionValue, type CommandDefinition } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/** Prints the JSON Schemas of the manifests, or writes them where editors find them. */
export const schemaCommand: CommandDefinition = {
  name: 'schema',
  arguments: [
    {
      name: 'kind',
      required: false,
      complete: ['connection', 'profile_schema', 'mapping', 'segment', 'sync', 'manifest'],
    },
  ],
  options: [{ name: 'write', value: 'FOLDER', complete: 'folder' }],
  examples: ['affluent schema segment', 'affluent schema --write manifests/schemas'],
  async run({ terminal }, input) {
    const folder = optionValue(input, 'write')
    if (folder !== undefined) {
      const written = await writeSchemas(folder)
      for (const file of written) terminal.say(file)
      return exitCode.done
    }
    const schemas = createSchemas(await loadAllConnectors())
    const kind = input.arguments['kind'] ?? 'manifest'
    const schema = schemas.get(kind)
    if (!schema) {
      const known = [...schemas.keys()].join(', ')
      throw new AffluentError('usage.wrong', { act: `affluent schema ${kind}`, expected: known })
    }
    terminal.data(JSON.stringify(schema, null, 2))
    return exitCode.done
  },
}
