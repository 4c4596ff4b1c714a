import { AffluentError } from '../../core/errors/affluent-error.ts'

/** The whole number that was given to an option, within its bounds. Throws `usage.wrong` for anything else. */
export function readWholeNumber(
  text: string | undefined,
  option: { readonly name: string; readonly from: number; readonly to: number },
): number | undefined {
  if (text === undefined) return undefined
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (number >= option.from && number <= option.to) return number
  throw new AffluentError('usage.wrong', {
    act: `affluent --${option.name}`,
    value: text.slice(0, 20),
    expected: `${option.from}–${option.to}`,
  })
}
