import type { Webhook } from '../../../core/connector/signal.ts'
import type { MetaConfig } from '../config.ts'
import { readAppUserSignal } from './app-user-signal.ts'
import { readSignedForm } from './signed-request.ts'

/**
 * Somebody who logged in with Facebook asks for the deletion of their data. Meta shows them the address and the code of the answer
 * (https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback).
 */
export const dataDeletion: Webhook<MetaConfig> = {
  name: 'data_deletion',
  verify: (config, message) => readSignedForm(config.app_secret, message) !== undefined,
  parse: (config, message) => [
    readAppUserSignal(config, message, { callback: 'data_deletion', kind: 'erased' }),
  ],
  answer: (_config, _message, { url, code }) => ({
    status: 200,
    body: { url, confirmation_code: code },
  }),
}
