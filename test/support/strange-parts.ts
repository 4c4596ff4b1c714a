import { consentColumn, propertyColumn, traitColumn } from '../../hub-server/warehouse/tables.ts'
import { worldSchema } from '../integration/segment/random-world.ts'

/** Every name that compiled text may quote. */
const names = new Set([
  'profile',
  'event',
  'every_membership',
  'record_trait',
  'every_identifier',
  'facts',
  'bits',
  'previous',
  'profile_id',
  'record_id',
  'name',
  'time',
  'message_id',
  'segment',
  'exited_at',
  'kind',
  'value',
  'deleted',
  'delivery',
  'sync',
  'held',
  'people',
  ...Object.keys(worldSchema.traits).map(traitColumn),
  ...Object.values(worldSchema.events).flatMap(({ properties }) =>
    Object.keys(properties).map(propertyColumn),
  ),
  ...Object.entries(worldSchema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => consentColumn(purpose, channel)),
  ),
])

/** Every word that our own text is made of. Anything else would stem from a rule. */
const words =
  /^(?:select|from|as|where|and|or|not|in|is|null|true|false|case|when|then|else|end|between|join|left|on|group|by|having|union|all|count|sum|avg|min|max|floor|coalesce|contains|starts_with|suffix|list_contains|list_has_any|list_has_all|unnest|arg_min|arg_max|row|bit_or|double|bigint|distinct|abs|over|order|desc|asc|row_number|864e8|a|b|translate|'abcdefghijklmnopqrstuvwxyz'|regexp_matches|len|''|month|day|isodow|epoch_us|to_microseconds|md5|cast|varchar|date|p|r|i|f|m|1e6|5e)$/i

/** What stands in compiled text and is neither a word of ours, nor a catalogue name, nor a placeholder. */
export function strangeParts(text: string): string[] {
  const withoutNames = text.replaceAll(/"([^"]*)"/g, (quoted, name: string) =>
    names.has(name) || /^[wsm]\d+$/.test(name) ? ' ' : quoted,
  )
  const withoutValues = withoutNames.replaceAll(/\$\d+/g, ' ')
  const tokens = withoutValues.split(/[\s(),.=<>+*/|&:\-[\]]+/).filter((token) => token !== '')
  return tokens.filter((token) => !words.test(token) && !/^\d+$/.test(token))
}
