import type { CommandDefinition } from './command.ts'

const person = { name: 'person', required: true }

/** Commands with which one person's requests are met: export, rectification, restriction, erasure, and how long data is kept. */
export const personCommands: readonly CommandDefinition[] = [
  {
    name: 'export',
    arguments: [person],
    options: [{ name: 'out', value: 'FOLDER', complete: 'folder' }, { name: 'raw' }],
    examples: [
      'affluent export ada@example.com --out ada',
      'affluent export ada@example.com --out ada --raw',
      'affluent export p_12 --json',
    ],
    load: async () => (await import('./commands/export.ts')).exportOne,
  },
  {
    name: 'rectify',
    arguments: [person, { name: 'trait', required: true }, { name: 'value', required: false }],
    options: [{ name: 'lift' }],
    examples: [
      'affluent rectify ada@example.com city Lyon',
      'affluent rectify p_12 birthday ""',
      'affluent rectify p_12 city --lift',
    ],
    load: async () => (await import('./commands/rectify.ts')).rectify,
  },
  {
    name: 'restrict',
    arguments: [person],
    options: [{ name: 'lift' }],
    examples: ['affluent restrict ada@example.com', 'affluent restrict ada@example.com --lift'],
    load: async () => (await import('./commands/restrict.ts')).restrict,
  },
  {
    name: 'erase',
    arguments: [{ name: 'person', required: false }],
    options: [{ name: 'yes' }, { name: 'status', value: 'REQUEST' }, { name: 'wanted' }, { name: 'lift' }],
    examples: [
      'affluent erase ada@example.com',
      'affluent erase ada@example.com --yes',
      'affluent erase --status erasure-4f6c --json',
      'affluent erase --wanted',
      'affluent erase ada@example.com --lift',
    ],
    load: async () => (await import('./commands/erase.ts')).erase,
  },
  {
    name: 'retention',
    options: [{ name: 'preview' }, { name: 'as-of', value: 'INSTANT' }],
    examples: ['affluent retention --preview', 'affluent retention --preview --as-of 2027-01-01'],
    load: async () => (await import('./commands/retention.ts')).retention,
  },
]
