import type { CommandDefinition } from './command.ts'

/** Commands about segments and their rules. */
export const segmentCommands: readonly CommandDefinition[] = [
  {
    name: 'segments list',
    examples: ['affluent segments list', 'affluent segments list --json'],
    load: async () => (await import('./commands/segments-list.ts')).segmentsList,
  },
  {
    name: 'segments show',
    arguments: [{ name: 'segment', required: true, complete: 'segment' }],
    examples: ['affluent segments show lapsed', 'affluent segments show lapsed --json'],
    load: async () => (await import('./commands/segments-show.ts')).segmentsShow,
  },
  {
    name: 'segments check',
    arguments: [{ name: 'text', required: true }],
    examples: [
      'affluent segments check "country = \'FR\' and not performed(purchase, last 30 days)"',
      'affluent segments check "top 5 % by sum(purchase.amount)" --json',
    ],
    load: async () => (await import('./commands/segments-check.ts')).segmentsCheck,
  },
  {
    name: 'segments preview',
    arguments: [{ name: 'draft', required: false, complete: 'segment' }],
    options: [
      { name: 'rule', value: 'RULE' },
      { name: 'as-of', value: 'INSTANT' },
    ],
    examples: [
      'affluent segments preview manifests/segment-lapsed.json',
      'affluent segments preview lapsed --as-of 2026-01-31',
      'affluent segments preview --rule "country = \'FR\' and not performed(purchase, last 30 days)"',
    ],
    load: async () => (await import('./commands/segments-preview.ts')).segmentsPreview,
  },
  {
    name: 'segments members',
    arguments: [{ name: 'segment', required: true, complete: 'segment' }],
    options: [
      { name: 'limit', value: 'PEOPLE' },
      { name: 'cursor', value: 'CURSOR' },
    ],
    examples: ['affluent segments members lapsed', 'affluent segments members lapsed --limit 1000 --json'],
    load: async () => (await import('./commands/segments-members.ts')).segmentsMembers,
  },
  {
    name: 'segments history',
    arguments: [{ name: 'segment', required: true, complete: 'segment' }],
    options: [
      { name: 'every', value: 'PERIOD', complete: ['day', 'week', 'month'] },
      { name: 'since', value: 'INSTANT' },
    ],
    examples: [
      'affluent segments history lapsed',
      'affluent segments history lapsed --every week --since 2026-01-01',
    ],
    load: async () => (await import('./commands/segments-history.ts')).segmentsHistory,
  },
  ...(['pick', 'drop'] as const).map((verb) => ({
    name: `segments ${verb}`,
    arguments: [
      { name: 'segment', required: true, complete: 'segment' as const },
      { name: 'person', required: true },
    ],
    examples: [
      `affluent segments ${verb} vip-dinner ada@example.com`,
      `affluent segments ${verb} vip-dinner p_12 --json`,
    ],
    load: async () => (await import('./commands/segments-pick.ts')).segmentsPick(verb),
  })),
]
