import type { AnswerArea } from './reference-area.ts'

/** Every area that the project answers. Another one is a file and a line here. */
export const areas: Readonly<Record<string, () => Promise<AnswerArea>>> = {
  cleaning: async () => (await import('./cleaning.ts')).answerCleaning,
  strings: async () => (await import('./strings.ts')).answerStrings,
}
