import type { CommandDefinition } from './command.ts'

const identifier = [{ name: 'identifier', required: true }]

/** Commands about what people allow, and about whom nothing is ever sent to. */
export const consentCommands: readonly CommandDefinition[] = [
  {
    name: 'consent show',
    arguments: [{ name: 'person', required: true }],
    examples: ['affluent consent show ada@example.com', 'affluent consent show p_12 --json'],
    load: async () => (await import('./commands/consent-show.ts')).consentShow,
  },
  {
    name: 'consent set',
    arguments: [
      { name: 'person', required: true },
      { name: 'purpose', required: true },
      { name: 'channel', required: true },
      { name: 'decision', required: true, complete: ['granted', 'denied'] },
    ],
    options: [
      { name: 'at', value: 'INSTANT' },
      { name: 'basis', value: 'TEXT' },
      { name: 'wording', value: 'VERSION' },
      { name: 'note', value: 'TEXT' },
    ],
    examples: [
      'affluent consent set ada@example.com newsletter email denied --note "by phone"',
      'affluent consent set p_12 newsletter email granted --at 2026-03-01 --basis consent --wording newsletter-2',
    ],
    load: async () => (await import('./commands/consent-set.ts')).consentSet,
  },
  {
    name: 'suppress add',
    arguments: identifier,
    options: [
      { name: 'kind', value: 'KIND' },
      { name: 'reason', value: 'TEXT' },
    ],
    examples: ['affluent suppress add ada@example.com --reason "asked by letter"'],
    load: async () => (await import('./commands/suppress.ts')).suppressAdd,
  },
  {
    name: 'suppress remove',
    arguments: identifier,
    options: [{ name: 'kind', value: 'KIND' }],
    examples: ['affluent suppress remove ada@example.com'],
    load: async () => (await import('./commands/suppress.ts')).suppressRemove,
  },
  {
    name: 'suppress list',
    examples: ['affluent suppress list', 'affluent suppress list --json'],
    load: async () => (await import('./commands/suppress.ts')).suppressList,
  },
  {
    name: 'suppress import',
    arguments: [{ name: 'file', required: true, complete: 'file' }],
    options: [
      { name: 'kind', value: 'KIND' },
      { name: 'reason', value: 'TEXT' },
    ],
    examples: ['affluent suppress import opposition-list.csv --reason "opposition list 2026"'],
    load: async () => (await import('./commands/suppress.ts')).suppressImport,
  },
]
