/** Where alerts go. Each part is undefined where nobody asked for it. */
export interface AlertSettings {
  readonly email:
    | {
        /** "smtp://user:password@host:587": holds a password, never printed. */
        readonly smtpUrl: string
        readonly from: string
        readonly to: readonly string[]
      }
    | undefined
  /** An incoming webhook of Slack: whoever knows it can write there, so it is never printed. */
  readonly slackUrl: string | undefined
  readonly webhook: { readonly url: string; readonly secret: string | undefined } | undefined
}

/** The variables, checked. */
interface AlertVariables {
  readonly AFFLUENT_SMTP_URL?: string | undefined
  readonly AFFLUENT_ALERT_EMAIL_FROM?: string | undefined
  readonly AFFLUENT_ALERT_EMAIL_TO?: readonly string[] | undefined
  readonly AFFLUENT_ALERT_SLACK_URL?: string | undefined
  readonly AFFLUENT_ALERT_WEBHOOK_URL?: string | undefined
  readonly AFFLUENT_ALERT_WEBHOOK_SECRET?: string | undefined
}

/** Mail goes out where a server and readers are named; without a sender the first reader is it. */
export function readAlertSettings(variables: AlertVariables): AlertSettings {
  const to = variables.AFFLUENT_ALERT_EMAIL_TO ?? []
  const [first] = to
  const smtpUrl = variables.AFFLUENT_SMTP_URL
  const from = variables.AFFLUENT_ALERT_EMAIL_FROM ?? first
  const url = variables.AFFLUENT_ALERT_WEBHOOK_URL
  return {
    email: smtpUrl === undefined || from === undefined || to.length === 0 ? undefined : { smtpUrl, from, to },
    slackUrl: variables.AFFLUENT_ALERT_SLACK_URL,
    webhook: url === undefined ? undefined : { url, secret: variables.AFFLUENT_ALERT_WEBHOOK_SECRET },
  }
}
