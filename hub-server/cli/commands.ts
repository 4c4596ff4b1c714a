import { accessCommands } from './access-commands.ts'
import { auditCommands } from './audit-commands.ts'
import type { CommandDefinition } from './command.ts'
import { shells } from './completion.ts'
import { connectCommands } from './connect-commands.ts'
import { consentCommands } from './consent-commands.ts'
import { templates } from './copy-template.ts'
import { eventCommands } from './event-commands.ts'
import { operationCommands } from './operation-commands.ts'
import { personCommands } from './person-commands.ts'
import { profileCommands } from './profile-commands.ts'
import { qualityCommands } from './quality-commands.ts'
import { segmentAlgebraCommands } from './segment-algebra-commands.ts'
import { segmentCommands } from './segment-commands.ts'

const kinds = [
  'connection',
  'profile_schema',
  'mapping',
  'identity',
  'retention',
  'quality',
  'enrichment',
  'segment',
  'priority_list',
  'split',
  'sync',
  'manifest',
]

/** Every command, in the order of the help: the whole command tree as data. What a command does is loaded when it is called. */
export const commands: readonly CommandDefinition[] = [
  {
    name: 'init',
    arguments: [{ name: 'folder', required: false, complete: 'folder' }],
    options: [
      { name: 'template', value: 'NAME', complete: templates },
      { name: 'country', value: 'CODE' },
      { name: 'audience', value: 'NAME' },
      { name: 'purpose', value: 'NAME' },
      { name: 'yes' },
    ],
    examples: [
      'affluent init shop',
      'affluent init shop --country FR --audience "Newsletter readers" --purpose newsletter',
      'affluent init shop --template demo --yes',
    ],
    load: async () => (await import('./commands/init.ts')).init,
  },
  ...connectCommands,
  {
    name: 'validate',
    examples: ['affluent validate', 'affluent validate --workspace ./shop --json'],
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    name: 'plan',
    options: [
      { name: 'only', value: 'SYNC', repeatable: true, complete: 'sync' },
      { name: 'as-of', value: 'INSTANT' },
      { name: 'limit', value: 'ROWS' },
      { name: 'out', value: 'FILE', complete: 'file' },
      { name: 'ask-platforms' },
      { name: 'detailed-exitcode' },
    ],
    examples: [
      'affluent plan',
      'affluent plan --ask-platforms',
      'affluent plan --only lapsed-to-meta --limit 10',
      'affluent plan --out plan.json',
    ],
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'apply',
    arguments: [{ name: 'plan', required: false, complete: 'file' }],
    options: [{ name: 'yes' }],
    examples: ['affluent apply', 'affluent apply plan.json', 'affluent apply --yes'],
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  {
    name: 'run',
    options: [
      { name: 'only', value: 'SYNC', repeatable: true, complete: 'sync' },
      { name: 'as-of', value: 'INSTANT' },
      { name: 'replace', value: 'SYNC', repeatable: true, complete: 'sync' },
    ],
    examples: [
      'affluent run',
      'affluent run --replace lapsed-to-meta',
      'affluent run --only pull-shop-contacts,lapsed-to-meta',
      'affluent run --as-of 2010-12-10',
    ],
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'approve',
    arguments: [{ name: 'run', required: true, complete: 'run' }],
    options: [{ name: 'confirm', value: 'DIGEST' }],
    examples: ['affluent approve lapsed-to-meta', 'affluent approve lapsed-to-meta --confirm 3f9a1c2b7d4e'],
    load: async () => (await import('./commands/approve.ts')).approve,
  },
  {
    name: 'status',
    examples: ['affluent status', 'affluent status --json'],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'explain',
    arguments: [
      { name: 'person', required: true },
      { name: 'target', required: false, complete: 'target' },
    ],
    options: [
      { name: 'rule', value: 'RULE' },
      { name: 'as-of', value: 'INSTANT' },
    ],
    examples: [
      'affluent explain ada@example.com lapsed-to-meta',
      'affluent explain p_12 lapsed',
      'affluent explain p_12 --rule "country = \'FR\' and not performed(purchase, last 30 days)"',
    ],
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  ...segmentCommands,
  ...segmentAlgebraCommands,
  ...qualityCommands,
  ...consentCommands,
  ...eventCommands,
  ...personCommands,
  ...profileCommands,
  ...accessCommands,
  ...auditCommands,
  ...operationCommands,
  {
    name: 'connections test',
    arguments: [{ name: 'connection', required: false }],
    examples: ['affluent connections test', 'affluent connections test hubspot --json'],
    load: async () => (await import('./commands/connections-test.ts')).connectionsTest,
  },
  {
    name: 'connections action',
    arguments: [
      { name: 'connection', required: true },
      { name: 'action', required: true },
    ],
    options: [{ name: 'input', value: 'FILE', complete: 'file' }, { name: 'yes' }],
    examples: [
      'affluent connections action hubspot provision_properties',
      'affluent connections action meta create_lookalike --input lookalike.json',
    ],
    load: async () => (await import('./commands/connections-action.ts')).connectionsAction,
  },
  {
    name: 'connections authorize',
    arguments: [{ name: 'connection', required: true }],
    examples: ['affluent connections authorize hubspot'],
    load: async () => (await import('./commands/connections-authorize.ts')).authorizeConnection,
  },
  {
    name: 'connections disconnect',
    arguments: [{ name: 'connection', required: true }],
    options: [{ name: 'yes' }],
    examples: ['affluent connections disconnect hubspot', 'affluent connections disconnect hubspot --yes'],
    load: async () => (await import('./commands/connections-authorize.ts')).disconnectConnection,
  },
  {
    name: 'schema',
    arguments: [{ name: 'kind', required: false, complete: kinds }],
    options: [{ name: 'write', value: 'FOLDER', complete: 'folder' }, { name: 'openapi' }],
    examples: [
      'affluent schema segment',
      'affluent schema --openapi > openapi.json',
      'affluent schema --write manifests/schemas',
    ],
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  {
    name: 'completion',
    arguments: [{ name: 'shell', required: true, complete: shells }],
    examples: [
      'source <(affluent completion bash)',
      'affluent completion fish > ~/.config/fish/completions/affluent.fish',
    ],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    name: 'serve',
    options: [
      { name: 'port', value: 'PORT' },
      { name: 'host', value: 'ADDRESS' },
      { name: 'every', value: 'MINUTES' },
    ],
    examples: ['affluent serve', 'affluent serve --port 8080 --every 15'],
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'demo',
    options: [{ name: 'once' }, { name: 'port', value: 'PORT' }, { name: 'host', value: 'ADDRESS' }],
    examples: ['affluent demo', 'affluent demo --once --lang fr'],
    load: async () => (await import('./commands/demo.ts')).demo,
  },
]
