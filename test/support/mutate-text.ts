import * as fc from 'fast-check'

/** One character changed, taken away, put in, or the text cut, doubled, emptied or turned round. */
export const textMutation = fc.record({
  kind: fc.constantFrom('replace', 'delete', 'insert', 'cut', 'double', 'empty', 'reverse'),
  at: fc.nat(),
  character: fc.constantFrom(
    ...'0123456789abcdefABCDEFghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ+/=-_.,:;%?&#"{}[] '.split(''),
  ),
})
export type TextMutation = typeof textMutation extends fc.Arbitrary<infer Mutation> ? Mutation : never

export function mutateText(text: string, { kind, at, character }: TextMutation): string {
  const place = text.length === 0 ? 0 : at % text.length
  const changed: Readonly<Record<string, string>> = {
    replace: text.slice(0, place) + character + text.slice(place + 1),
    delete: text.slice(0, place) + text.slice(place + 1),
    insert: text.slice(0, place) + character + text.slice(place),
    cut: text.slice(0, place),
    double: text + text,
    empty: '',
    reverse: text.split('').toReversed().join(''),
  }
  return changed[kind] ?? text
}
