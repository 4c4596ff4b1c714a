/** What a data key is for. Each purpose has keys of its own, so that one that leaks opens nothing else. */
export type KeyPurpose = 'access' | 'erasure' | 'digest' | 'audit'

/** A data key as it is stored: readable only with the wrapping key, which is kept elsewhere. */
export interface WrappedKey {
  readonly purpose: KeyPurpose
  /** From 1; the highest one of a purpose seals, all of them open. */
  readonly version: number
  readonly wrapped: string
  /** Which wrapping key: its fingerprint. */
  readonly wrappedBy: string
  /** Epoch milliseconds. */
  readonly createdAt: number
}

/** A sealed text, with the place that it is bound to. */
export interface SealedText {
  readonly purpose: KeyPurpose
  readonly place: string
  readonly sealed: string
}

/** What a rotation did. */
export interface Rotation {
  /** Secrets that are sealed with a new key now. */
  readonly resealed: number
  /** Secrets that changed meanwhile: they were sealed with the new key by whoever changed them. */
  readonly overtaken: number
  /** True when the workspace's own wrapping key was replaced, too. */
  readonly wrappingKeyReplaced: boolean
}

/** Keys and sealed texts of the control store. */
export interface SecretStore {
  wrappedKeys(): Promise<WrappedKey[]>
  /** Adds keys, or writes them anew under another wrapping key: all or nothing. */
  writeWrappedKeys(keys: readonly WrappedKey[]): Promise<void>
  /** Removes the versions of a purpose below one. */
  removeWrappedKeys(purpose: KeyPurpose, below: number): Promise<void>
  sealedTexts(): Promise<SealedText[]>
  /** Puts the same secret, sealed anew, in its place. False when another text stands there by now. */
  replaceSealed(text: SealedText, sealed: string): Promise<boolean>
}
