import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { previewSegment } from '../../../hub-server/api/contract/segment.ts'
import type { CommandAction, CommandContext } from '../../../hub-server/cli/command.ts'
import { segmentsCheck } from '../../../hub-server/cli/commands/segments-check.ts'
import { segmentsShow } from '../../../hub-server/cli/commands/segments-show.ts'
import { reportError } from '../../../hub-server/cli/report-error.ts'
import { createTerminal } from '../../../hub-server/cli/terminal.ts'
import { toWireRequest } from '../../../hub-server/cli/wire-request.ts'
import { readConfig } from '../../../hub-server/config.ts'
import { createTranslator, type Language } from '../../../hub-server/locales/translate.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const header = { version: 1 }
const manifests = [
  {
    ...header,
    kind: 'profile_schema',
    name: 'main',
    traits: { country: { type: 'text' }, score: { type: 'number' } },
    identifiers: {},
    events: { purchase: { properties: { amount: 'number' } } },
  },
  { ...header, kind: 'segment', name: 'big', rule: "country = 'FR' and sum(purchase.amount) > 100" },
]

/** What a command says to a person, and its exit code. */
async function run(
  action: CommandAction,
  words: Readonly<Record<string, string>>,
  language: Language = 'en',
): Promise<{ readonly code: number; readonly said: string }> {
  await using folder = await createWorkspaceFolder({ 'manifests/all.json': manifests })
  const output = new PassThrough()
  const terminal = createTerminal({
    stdin: Readable.from([]),
    stdout: output,
    stderr: output,
    translator: createTranslator(language),
    json: false,
    input: false,
    decorate: false,
  })
  const context = { terminal, folder: folder.path, config: readConfig({}) } as CommandContext
  const code = await action(context, { arguments: words, options: {} }).catch((error: unknown) =>
    reportError(terminal, error, false),
  )
  output.end()
  return { code, said: (await output.toArray()).join('').replaceAll('\u00A0', ' ') }
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

const preview: CommandAction = (_context, { arguments: { text = '' } }) =>
  Promise.reject(thrownBy(() => toWireRequest(previewSegment, { body: { text } })))

describe('affluent segments', () => {
  it('shows a rule as sentence, text and JSON', async () => {
    const { code, said } = await run(segmentsShow, { segment: 'big' }, 'fr')
    expect(code).toBe(0)
    expect(said).toContain('country = "FR" and sum(purchase.amount) > 100\n')
    expect(said).toContain('la somme de amount')
    expect(said).toContain('"op": "more_than"')
    expect(await run(segmentsShow, { segment: 'bigg' })).toMatchObject({
      code: 78,
      said: expect.stringContaining('Did you mean “big”?'),
    })
  })

  it('checks a text, and points at what is wrong in it', async () => {
    expect(await run(segmentsCheck, { text: 'in segment big' })).toMatchObject({ code: 0 })
    expect(await run(segmentsCheck, { text: 'score > 3 et country = "FR"' }, 'fr')).toEqual({
      code: 78,
      said: [
        '✖ colonne 11 : attendu « and », « or » ou la fin, trouvé « et »',
        '  score > 3 et country = "FR"',
        '            ^^',
        '  Vouliez-vous dire and ?\n',
      ].join('\n'),
    })
    const { code, said } = await run(segmentsCheck, { text: 'scor > 3 and country > 1' })
    expect(code).toBe(78)
    expect(said).toContain('  scor > 3 and country > 1\n  ^^^^\n  Did you mean “score”?\n')
    expect(said).toContain('  scor > 3 and country > 1\n                       ^\n')
  })
})

it.each([
  ['en', 'Correct this. #/text: at most 900000 characters'],
  ['fr', 'À corriger. #/text: au plus 900000 caractères'],
] as const)('tells on the terminal which part of a request does not fit, in %s', async (language, words) => {
  expect((await run(preview, { text: `country = '${'x'.repeat(900_001)}'` }, language)).said).toContain(words)
})
