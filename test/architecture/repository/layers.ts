/**
 * Who may import what: the table of ARCHITECTURE.md as data. A file belongs to the first layer whose pattern fits. In `imports`, a
 * name that ends in "/" is a folder, "*" one path segment, "$1" the pattern's first group (a connector's slug).
 */
export interface Layer {
  readonly name: string
  readonly files: RegExp
  readonly imports: readonly string[]
  /** Never, although a folder above it is allowed. */
  readonly except?: readonly string[]
  readonly packages: readonly string[] | 'any'
  readonly node: readonly string[] | 'any'
}

const ownSdk = (slug: string, packages: readonly string[], node: readonly string[]): Layer => ({
  name: `connector ${slug}`,
  files: new RegExp(`^connectors/(${slug})/`),
  imports: [
    'connectors/$1/',
    'core/connector/',
    'core/profile/',
    'core/event/',
    'core/membership/',
    'core/errors/',
    'core/port/',
  ],
  except: ['connectors/$1/sandbox/'],
  packages: ['zod', ...packages],
  node,
})

const anything = ['core/', 'connectors/', 'hub-server/', 'package.json']

export const layers: readonly Layer[] = [
  {
    name: 'core',
    files: /^core\//,
    imports: ['core/'],
    packages: [
      'zod',
      // Asked for instants only.
      'croner',
      'libphonenumber-js',
      'i18n-iso-countries',
      'fastest-levenshtein',
      'ipaddr.js',
      're2js',
      'tldts',
    ],
    node: [],
  },
  {
    name: 'sandbox kit',
    files: /^connectors\/sandbox-kit\//,
    imports: ['connectors/sandbox-kit/', 'core/port/'],
    packages: [],
    node: 'any',
  },
  {
    // As the sandboxes below; this platform is spoken to by gRPC as well.
    name: 'sandbox google-ads',
    files: /^connectors\/(google-ads)\/sandbox\//,
    imports: ['connectors/$1/sandbox/', 'connectors/sandbox-kit/', 'core/port/'],
    packages: ['zod', '@grpc/grpc-js', '@grpc/proto-loader'],
    node: 'any',
  },
  {
    // Not its connector: the sandbox is the tests' oracle, built from the platform's documentation.
    name: 'sandbox',
    files: /^connectors\/([^/]+)\/sandbox\//,
    imports: [
      'connectors/$1/sandbox/',
      'connectors/sandbox-kit/',
      'core/port/',
      // Waiver: calendar arithmetic (the next midnight in a time zone), nothing that is known of the platform.
      'connectors/hubspot/next-midnight.ts',
    ],
    packages: ['zod'],
    node: 'any',
  },
  {
    name: 'connector registry',
    files: /^connectors\/registry\.ts$/,
    imports: ['connectors/*/connector.ts', 'core/connector/', 'core/errors/'],
    packages: ['fastest-levenshtein'],
    node: [],
  },
  // The platform of this one is the file system: its "SDK" is Node.
  ownSdk(
    'files',
    ['csv-parse'],
    ['node:buffer', 'node:crypto', 'node:fs/promises', 'node:path', 'node:stream', 'node:zlib'],
  ),
  // HubSpot signs what it pushes; node:crypto checks the signatures.
  // A service account signs its own assertion; ids are told from hashes, and long names get a short one.
  ownSdk('ga4', ['@google-analytics/admin', '@google-analytics/data'], ['node:buffer', 'node:crypto']),
  ownSdk('hubspot', ['@hubspot/api-client'], ['node:crypto']),
  // Meta wants its match keys as SHA-256; node:crypto hashes and does nothing else.
  ownSdk('meta', ['facebook-nodejs-business-sdk'], ['node:crypto']),
  // Google wants hashes, and assertions signed with a service account's key; the SDK's gRPC takes its channel from outside.
  ownSdk('google-ads', ['google-ads-api', '@grpc/grpc-js'], ['node:crypto']),
  // Signs what it sends.
  ownSdk('webhooks', [], ['node:crypto']),
  // Signs assertions and verifies signatures; jsforce wants a stream beside each answer.
  ownSdk('salesforce', ['jsforce'], ['node:crypto', 'node:stream']),
  // Its platform lives in memory: the client calls the sandbox where another one's would call the SDK.
  { ...ownSdk('example', [], []), except: [] },
  ownSdk('[^/]+', [], []),
  {
    name: 'API contract',
    files: /^hub-server\/api\/contract\//,
    imports: ['hub-server/api/contract/', 'hub-server/access/permissions.ts', 'core/'],
    packages: ['zod'],
    node: [],
  },
  {
    name: 'API',
    files: /^hub-server\/api\//,
    imports: [
      'hub-server/api/',
      'hub-server/access/permissions.ts',
      'hub-server/access/principal.ts',
      'hub-server/locales/translate.ts',
      'core/',
    ],
    packages: ['zod'],
    node: [],
  },
  {
    // Who may do what. Of the control store it knows the port and what makes digests.
    name: 'access',
    files: /^hub-server\/access\//,
    imports: [
      'hub-server/access/',
      'hub-server/store/name-key.ts',
      'hub-server/store/sha256.ts',
      'hub-server/store/write-durably.ts',
      'hub-server/http/session-cookie.ts',
      'core/',
    ],
    packages: ['openid-client', 'rate-limiter-flexible', 'zod'],
    node: 'any',
  },
  {
    name: 'sign-in pages',
    files: /^hub-server\/http\/(?:session-|credentials)/,
    imports: [
      'hub-server/http/',
      'hub-server/access/',
      'hub-server/api/contract/describe-route.ts',
      'hub-server/locales/translate.ts',
      'hub-server/store/sha256.ts',
      'core/',
    ],
    packages: ['express'],
    node: 'any',
  },
  {
    name: 'HTTP',
    files: /^hub-server\/http\//,
    imports: [
      'hub-server/http/',
      'hub-server/api/',
      'hub-server/access/permissions.ts',
      'hub-server/access/principal.ts',
      'hub-server/access/recent-proof.ts',
      'hub-server/access/require-permission.ts',
      'hub-server/canvas/canvas-routes.ts',
      'hub-server/manifest/decode-text.ts',
      'hub-server/manifest/manifest-fault.ts',
      'hub-server/manifest/parse-json.ts',
      'hub-server/manifest/scan-bounds.ts',
      'hub-server/locales/translate.ts',
      'core/',
    ],
    packages: ['express', 'zod'],
    node: 'any',
  },
  {
    name: 'control store',
    files: /^hub-server\/store\//,
    imports: ['hub-server/store/', 'core/'],
    packages: ['kysely', 'zod'],
    node: 'any',
  },
  {
    name: 'warehouse',
    files: /^hub-server\/warehouse\//,
    imports: ['hub-server/warehouse/', 'core/'],
    packages: ['@duckdb/node-api', 'zod'],
    node: 'any',
  },
  {
    name: 'network',
    files: /^hub-server\/net\//,
    imports: ['hub-server/net/', 'hub-server/secrets/', 'core/'],
    packages: ['bottleneck', 'ioredis', 'undici', 'zod'],
    node: 'any',
  },
  {
    name: 'words',
    files: /^hub-server\/locales\//,
    imports: ['hub-server/locales/', 'core/errors/'],
    packages: ['i18next'],
    node: [],
  },
  {
    name: 'telemetry',
    files: /^hub-server\/telemetry\//,
    imports: ['hub-server/telemetry/', 'hub-server/config.ts', 'core/port/', 'core/errors/', 'package.json'],
    packages: [
      'pino',
      'prom-client',
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
    ],
    node: 'any',
  },
  {
    name: 'manifest reading',
    files: /^hub-server\/manifest\//,
    imports: ['hub-server/manifest/', 'hub-server/data-paths.ts', 'connectors/registry.ts', 'core/'],
    packages: ['zod', 'jsonc-parser', 'fastest-levenshtein', 'libphonenumber-js'],
    node: 'any',
  },
  {
    name: 'worker',
    files: /^hub-server\/worker\//,
    imports: ['hub-server/worker/', 'hub-server/net/', 'hub-server/access/run-approver.ts', 'core/'],
    packages: ['zod'],
    node: 'any',
  },
  // The composition root and what it is made of: the only code that knows every part.
  { name: 'hub', files: /^hub-server\//, imports: anything, packages: 'any', node: 'any' },
]
