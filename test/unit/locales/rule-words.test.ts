import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { traitTypes } from '../../../core/profile/profile-schema.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'

const source = (file: string) => readFile(new URL(`../../../core/segment/${file}`, import.meta.url), 'utf8')

/** Texts in quotes after one of these beginnings, in the source of the checks. */
function wordsAfter(text: string, begin: RegExp): string[] {
  const found = text.matchAll(new RegExp(`(?:${begin.source})'((?:[^'\\\\]|\\\\.)*)'`, 'gm'))
  return [...found].map(([, words = '']) => words.replaceAll('\\\\', '\\'))
}

const { phrase } = createTranslator('fr')

describe('what a fault of a rule expected and found', () => {
  it('is said in French, whatever the check', async () => {
    const comparison = await source('check-comparison.ts')
    const checks = [comparison, await source('check-event.ts'), await source('validate-rule.ts')].join('\n')
    const patterns = [
      await source('pattern/read-pattern.ts'),
      await source('pattern/character-class.ts'),
    ].join('\n')
    const expected = [
      ...wordsAfter(comparison, /^ {2}[a-z_]+: |return /m),
      ...wordsAfter(checks, /expected: |found: |fault\(/),
      ...wordsAfter(patterns, /fault\(|PatternFault\(/).map((words) => `${words} at character 7`),
    ]
    // Words of the language itself are the same for everybody.
    const language = new Set<string>([...traitTypes, ...operatorNames, 'ignore_case', 'if_missing'])
    const untold = expected.filter(
      (words) => phrase(words) === words && !words.split(', ').every((word) => language.has(word)),
    )
    expect(expected.length).toBeGreaterThan(40)
    expect(untold).toEqual([])
  })

  it('keeps the numbers and places that it tells', () => {
    expect(phrase('a list of 12')).toBe('une liste de 12')
    expect(phrase('the escape "\\p" at character 3')).toBe(`l’échappement "\\p" au caractère 3`)
    expect(phrase('text that nobody wrote here')).toBe('text that nobody wrote here')
  })
})
