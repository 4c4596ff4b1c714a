import { roles } from '../../core/port/access-store.ts'
import type { CommandDefinition } from './command.ts'

const user = { name: 'user', required: true }
const request = { name: 'request', required: true }

/** Commands about people who use the hub, their roles, and keys of programs. */
export const accessCommands: readonly CommandDefinition[] = [
  {
    name: 'access list',
    examples: ['affluent access list', 'affluent access list --json'],
    load: async () => (await import('./commands/access.ts')).accessList,
  },
  {
    name: 'access add',
    arguments: [user],
    options: [
      { name: 'role', value: 'ROLE', complete: roles },
      { name: 'email', value: 'ADDRESS' },
    ],
    examples: ['affluent access add Ada --role operator', 'affluent access add "Grace Hopper" --role admin'],
    load: async () => (await import('./commands/access.ts')).accessAdd,
  },
  {
    name: 'access role',
    arguments: [user, { name: 'role', required: true, complete: roles }],
    examples: ['affluent access role Ada viewer'],
    load: async () => (await import('./commands/access.ts')).accessRole,
  },
  {
    name: 'access remove',
    arguments: [user],
    examples: ['affluent access remove Ada'],
    load: async () => (await import('./commands/access.ts')).accessRemove,
  },
  {
    name: 'access link',
    arguments: [{ name: 'user', required: false }],
    examples: ['affluent access link', 'affluent access link Ada'],
    load: async () => (await import('./commands/access.ts')).accessLink,
  },
  {
    name: 'access requests',
    examples: ['affluent access requests'],
    load: async () => (await import('./commands/access-requests.ts')).accessRequests,
  },
  {
    name: 'access approve',
    arguments: [request],
    options: [{ name: 'confirm', value: 'DIGEST' }],
    examples: ['affluent access approve 9c2e41aa'],
    load: async () => (await import('./commands/access-requests.ts')).accessApprove,
  },
  {
    name: 'access refuse',
    arguments: [request],
    examples: ['affluent access refuse 9c2e41aa'],
    load: async () => (await import('./commands/access-requests.ts')).accessRefuse,
  },
  {
    name: 'apikeys add',
    arguments: [{ name: 'program', required: true }],
    options: [
      { name: 'scope', value: 'PERMISSION', repeatable: true },
      { name: 'days', value: 'DAYS' },
    ],
    examples: [
      'affluent apikeys add nightly --scope runs:read --scope syncs:run',
      'affluent apikeys add dashboard --scope runs:read,segments:read --days 30 --json',
    ],
    load: async () => (await import('./commands/api-keys.ts')).apiKeysAdd,
  },
  {
    name: 'apikeys list',
    examples: ['affluent apikeys list'],
    load: async () => (await import('./commands/api-keys.ts')).apiKeysList,
  },
  {
    name: 'apikeys revoke',
    arguments: [{ name: 'api_key', required: true }],
    examples: ['affluent apikeys revoke 3f9a1c2b7d4e'],
    load: async () => (await import('./commands/api-keys.ts')).apiKeysRevoke,
  },
]
