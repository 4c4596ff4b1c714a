import type { Webhook } from '../../../core/connector/signal.ts'
import type { MetaConfig } from '../config.ts'
import { readAppUserSignal } from './app-user-signal.ts'
import { readSignedForm } from './signed-request.ts'

/**
 * Somebody who logged in with Facebook removed the app from their account: their id of the app is gone. Same format as the data
 * deletion callback; it asks for no deletion of what they gave otherwise.
 */
export const deauthorization: Webhook<MetaConfig> = {
  name: 'deauthorize',
  verify: (config, message) => readSignedForm(config.app_secret, message) !== undefined,
  parse: (config, message) => [
    readAppUserSignal(config, message, { callback: 'deauthorize', kind: 'deleted' }),
  ],
}
