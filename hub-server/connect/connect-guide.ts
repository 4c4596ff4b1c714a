/**
 * Guides that walk an admin through connecting a platform, as data: a further platform is a further guide and its words, no code.
 * Words are in `locales/<language>/cli.json` under `connect.<platform>`: `intro`, `ways.<way>`, `questions.<key>`, `expected.<key>`,
 * `permissions.<name>` (dots of the name are underscores), `steps.<way>` (a list, shown before the questions), `next.<way>`.
 */

/** One thing the admin is asked. */
export interface ConnectQuestion {
  /** Setting of the connector that the answer fills, or a word of `AppPackage`. Also the word after `--set` or `--secret`. */
  readonly key: string
  /** Asked without echo, read from a file or standard input, and kept in the workspace's `.env` alone. */
  readonly isSecret?: true
  /** Taken for an empty answer; '' leaves the setting out. Absent: an answer is needed. */
  readonly fallback?: string
  /** The answer as it is kept; undefined: it does not fit. */
  readonly read: (text: string) => string | undefined
}

/** One kind of access that the platform offers. */
export interface ConnectWay {
  readonly name: string
  /** In the order in which they are asked. */
  readonly questions: readonly ConnectQuestion[]
  /** Settings that this way always has. */
  readonly settings: Readonly<Record<string, string>>
  /** True when the platform's app must be installed for it: its folder is written first. */
  readonly needsApp: boolean
  /** Somebody still has to authorise it in the browser, `unless` this question was answered: there is nothing to test before. */
  readonly authorizedLater?: true | { readonly unless: string }
}

/** What is asked for the folder of an app. */
export const appQuestionKeys = { hubUrl: 'hub_url', folder: 'app_folder' } as const

/** The install package of a platform, as it stands in the connector. */
export interface AppPackage {
  /** Folder of the package. */
  readonly source: URL
  /** Folder that it is written to where the admin names none. */
  readonly folder: string
  /** Text of its files that stands for the public address of the hub, without a slash at its end. */
  readonly addressPlaceholder: string
  /** Text that stands for the name of the connection, which is part of addresses. */
  readonly connectionPlaceholder: string
  /** Further files, path in the folder → text: what no repository may hold. */
  readonly made?: (hubUrl: string) => Readonly<Record<string, string>>
}

export interface ConnectGuide {
  /** Slug of the connector, and the word after `affluent connect`. */
  readonly platform: string
  /** Name of the connection where the admin gives none. */
  readonly connection: string
  /** The first one is proposed. */
  readonly ways: readonly [ConnectWay, ...ConnectWay[]]
  /** Permissions that the connector cannot do without, and those that only some jobs need; by the platform's names. */
  readonly permissions: { readonly needed: readonly string[]; readonly optional: readonly string[] }
  readonly app?: AppPackage
}
