import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { segmentManifest } from '../../core/manifest/manifest.ts'
import { objectName } from '../../core/manifest/name.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { suggestName } from './suggest-name.ts'

const words = z.strictObject({ en: z.string(), fr: z.string() })
type Language = keyof z.output<typeof words>

/** A file of `manifests/templates/segments`: ready segments, with "${name}" where a parameter stands. */
const segmentTemplate = z.strictObject({
  title: words,
  description: words,
  /** What a workspace may have under other names, or want otherwise. A number stays a number where it stands alone. */
  parameters: z.record(
    z.string().regex(/^[a-z]+$/),
    z.strictObject({ value: z.union([z.string(), z.number()]), meaning: words }),
  ),
  /** The parts of a profile schema that the segments ask about. */
  needs: z.record(z.string(), z.json()),
  segments: z
    .array(z.strictObject({ name: objectName, title: words, description: words, rule: z.json() }))
    .min(1),
})

export type SegmentTemplate = z.output<typeof segmentTemplate> & { readonly name: string }

const folder = fileURLToPath(new URL('../../manifests/templates/segments', import.meta.url))

/** All templates, in the order of their names. */
export async function readSegmentTemplates(): Promise<readonly SegmentTemplate[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()
  return Promise.all(
    files.map(async (file) => {
      const document: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'))
      return { ...segmentTemplate.parse(document), name: basename(file, '.json') }
    }),
  )
}

type Values = Readonly<Record<string, string | number>>

/** The value of each parameter: given as "name=value", else the template's. Throws `usage.wrong` for what does not fit. */
export function readParameters({ parameters }: SegmentTemplate, given: readonly string[]): Values {
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]))
  const act = 'affluent segments templates'
  for (const text of given) {
    const [, name = '', value = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? []
    const known = Object.hasOwn(values, name) ? values[name] : undefined
    if (known === undefined) {
      const suggestion = suggestName(name, Object.keys(values))
      const expected = Object.keys(values)
        .map((one) => `${one}=…`)
        .join(', ')
      const hint = suggestion === '' ? { expected } : { suggestion: `${suggestion}=${value}` }
      throw new AffluentError('usage.wrong', { act, value: text.slice(0, 60), ...hint })
    }
    const number = Number(value)
    if (typeof known === 'number' && !(Number.isFinite(number) && number >= 0))
      throw new AffluentError('usage.wrong', { act, value: text.slice(0, 60), expected: `${name}=${known}` })
    values[name] = typeof known === 'number' ? number : value
  }
  return values
}

/** A template with its parameters put in: manifests as they would be written, and what they need of the profile schema. */
export interface FilledTemplate {
  readonly manifests: readonly (Readonly<Record<string, JsonValue>> & { readonly name: string })[]
  readonly needs: JsonValue
}

/** Puts values into a template, its words in one language. Throws `usage.wrong` when a value makes no valid segment. */
export function fillTemplate(
  { segments, needs }: SegmentTemplate,
  values: Values,
  language: Language,
): FilledTemplate {
  const manifests = segments.map(({ name, title, description, rule }) => ({
    $schema: '../schemas/manifest.schema.json',
    kind: 'segment',
    version: 1,
    name,
    title: title[language],
    description: fillText(description[language], values),
    rule: fill(rule, values),
  }))
  const fault = manifests.map((one) => segmentManifest.safeParse(one).error).find((error) => error)
  if (fault) {
    const value = fault.issues[0]?.path.join('.') ?? ''
    const expected = Object.entries(values).map(([name, used]) => `${name}=${used}`)
    const params = { value, expected: expected.join(', ') }
    throw new AffluentError('usage.wrong', { act: 'affluent segments templates', ...params })
  }
  return { manifests, needs: fill(needs, values) }
}

/** Only values of the document are looked at, once: what is put in is never taken for a parameter. */
function fill(value: JsonValue, values: Values): JsonValue {
  if (typeof value === 'string') {
    const [, name] = /^\$\{([a-z]+)\}$/.exec(value) ?? []
    return (name === undefined ? undefined : values[name]) ?? fillText(value, values)
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fillText(key, values), fill(item, values)]),
  )
}

function fillText(text: string, values: Values): string {
  return text.replaceAll(/\$\{([a-z]+)\}/g, (found, name: string) => String(values[name] ?? found))
}
