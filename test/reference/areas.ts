import type { AnswerArea } from './reference-area.ts'

/** Every area that the project answers. Another one is a file and a line here. */
export const areas: Readonly<Record<string, () => Promise<AnswerArea>>> = {
  cleaning: async () => (await import('./cleaning.ts')).answerCleaning,
  email: async () => (await import('./email.ts')).answerEmail,
  linkage: async () => (await import('./linkage.ts')).answerLinkage,
  phone: async () => (await import('./phone.ts')).answerPhone,
  segments: async () => (await import('./segments.ts')).answerSegments,
  strings: async () => (await import('./strings.ts')).answerStrings,
}
