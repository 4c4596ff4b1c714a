import type { CommandDefinition } from './command.ts'

/** Commands about events that clients send, and the keys they send them with. */
export const eventCommands: readonly CommandDefinition[] = [
  {
    name: 'keys create',
    options: [{ name: 'write', value: 'NAME' }],
    examples: ['affluent keys create --write website', 'affluent keys create --write ios-app --json'],
    load: async () => (await import('./commands/keys.ts')).keysCreate,
  },
  {
    name: 'keys list',
    examples: ['affluent keys list', 'affluent keys list --json'],
    load: async () => (await import('./commands/keys.ts')).keysList,
  },
  {
    name: 'keys rotate',
    arguments: [{ name: 'key', required: true }],
    options: [{ name: 'overlap', value: 'HOURS' }],
    examples: ['affluent keys rotate 3f9a1c2b7d4e', 'affluent keys rotate 3f9a1c2b7d4e --overlap 0'],
    load: async () => (await import('./commands/keys.ts')).keysRotate,
  },
  {
    name: 'keys revoke',
    arguments: [{ name: 'key', required: true }],
    examples: ['affluent keys revoke 3f9a1c2b7d4e'],
    load: async () => (await import('./commands/keys.ts')).keysRevoke,
  },
  {
    name: 'events tail',
    options: [{ name: 'limit', value: 'EVENTS' }, { name: 'once' }],
    examples: [
      'affluent events tail',
      'affluent events tail --limit 20 --json',
      'affluent events tail --once',
    ],
    load: async () => (await import('./commands/events-tail.ts')).eventsTail,
  },
]
