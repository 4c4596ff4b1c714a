import type { Terminal } from './terminal.ts'

/** The words for a reason that a check, a mapping or a source gives; a code that has none is shown as it is. */
export function reasonWords({ translator }: Terminal, code: string): string {
  const key = `quality.codes.${code}`
  const words = translator.t(key)
  return words === key ? code : words
}

/** A share between 0 and 1 as people read it. */
export const shareWords = (terminal: Terminal, share: number): string =>
  terminal.translator.t('quality.share', { share: terminal.number(share * 100, 1) })
