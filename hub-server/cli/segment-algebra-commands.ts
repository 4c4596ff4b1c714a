import type { CommandDefinition } from './command.ts'

/** Commands about segments among each other, and ready segments to begin with. */
export const segmentAlgebraCommands: readonly CommandDefinition[] = [
  {
    name: 'segments overlap',
    arguments: [{ name: 'segments', required: false, many: true, complete: 'segment' }],
    options: [{ name: 'limit', value: 'ROWS' }],
    examples: [
      'affluent segments overlap',
      'affluent segments overlap big-spenders lapsed newsletter-readers',
      'affluent segments overlap live.big-spenders live.lapsed --json',
    ],
    load: async () => (await import('./commands/segments-overlap.ts')).segmentsOverlap,
  },
  {
    name: 'segments hygiene',
    examples: ['affluent segments hygiene', 'affluent segments hygiene --json'],
    load: async () => (await import('./commands/segments-hygiene.ts')).segmentsHygiene,
  },
  {
    name: 'segments templates',
    arguments: [{ name: 'template', required: false }],
    options: [{ name: 'set', value: 'NAME=VALUE', repeatable: true }, { name: 'write' }],
    examples: [
      'affluent segments templates',
      'affluent segments templates lapsed',
      'affluent segments templates lapsed --set event=order --set days=60 --write',
    ],
    load: async () => (await import('./commands/segments-templates.ts')).segmentsTemplates,
  },
]
