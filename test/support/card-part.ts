/** A part of the report card: what the test command measures, and what takes it too long. */
export type CardPart = 'ordinary' | 'soak'

const headings: Readonly<Record<CardPart, string>> = {
  ordinary: '# Report card',
  soak: '## At full size',
}

/** The card with one part written anew and the other as it was; `known` is the card as it is, empty where there is none. */
export function replaceCardPart(known: string, part: CardPart, text: string): string {
  const at = known.search(new RegExp(`^${headings.soak}$`, 'm'))
  const parts: Record<CardPart, string> = {
    ordinary: (at === -1 ? known : known.slice(0, at)).trim(),
    soak: at === -1 ? '' : known.slice(at).trim(),
  }
  parts[part] = `${headings[part]}\n\n${text}`
  return `${[parts.ordinary, parts.soak].filter(Boolean).join('\n\n')}\n`
}
