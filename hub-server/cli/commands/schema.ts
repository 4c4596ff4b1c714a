import { loadAllConnectors } from '../../../connectors/registry.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createSchemas, writeSchemas } from '../../manifest/json-schemas.ts'
import { suggestName } from '../../manifest/suggest-name.ts'
import { toStoreError } from '../../store/to-store-error.ts'
import { hasOption, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/** Prints the JSON Schemas of the manifests, or writes them where editors find them. */
export const schema: CommandAction = async ({ terminal }, input) => {
  if (hasOption(input, 'openapi')) {
    const { readOpenApi } = await import('../../routes/reference-routes.ts')
    terminal.data(JSON.stringify(readOpenApi(), null, 2))
    return exitCode.done
  }
  const folder = optionValue(input, 'write')
  if (folder !== undefined) {
    const files = await write(folder)
    terminal.document('schemas_written', { files })
    for (const file of files) terminal.say(file)
    return exitCode.done
  }
  const schemas = createSchemas(await loadAllConnectors())
  const kind = input.arguments['kind'] ?? 'manifest'
  const found = schemas.get(kind)
  if (!found) {
    const suggestion = suggestName(kind, schemas.keys())
    throw new AffluentError('usage.wrong', {
      act: 'affluent schema',
      value: kind.slice(0, 60),
      ...(suggestion === '' ? { expected: [...schemas.keys()].join(', ') } : { suggestion }),
    })
  }
  if (terminal.json) terminal.document('schema', { kind, schema: found })
  else terminal.data(JSON.stringify(found, null, 2))
  return exitCode.done
}

async function write(folder: string): Promise<readonly string[]> {
  try {
    return await writeSchemas(folder)
  } catch (error) {
    throw toStoreError(error, 'writing the schemas', folder)
  }
}
