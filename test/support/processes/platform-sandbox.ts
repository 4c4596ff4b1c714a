import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startHubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { startSalesforceSandbox } from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { SandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'

/**
 * `npm run sandbox -- hubspot|salesforce [--port N] [--certificate FILE]`: a local platform to walk through docs/install-hubspot.md and
 * docs/install-salesforce.md with; ends with Ctrl+C. `--certificate`: the one that was uploaded to Salesforce's app, for the JWT bearer flow.
 */

const people = [
  { first: 'Zoé', last: 'Martin', city: 'Paris', isOut: false },
  { first: 'Hugo', last: 'Bernard', city: 'Paris', isOut: false },
  { first: 'Inès', last: 'Petit', city: 'Paris', isOut: true },
  { first: 'Ada', last: 'Hopper', city: 'London', isOut: false },
] as const

const emailOf = (last: string): string => `${last.toLowerCase()}@example.com`

interface Place {
  readonly port: number | undefined
  /** PEM. */
  readonly certificate: string | undefined
}

const platforms: Readonly<Record<string, (place: Place) => Promise<SandboxServer>>> = {
  hubspot: ({ port = 4178 }) =>
    startHubspotSandbox({
      clock: systemClock,
      port,
      contacts: people.map(({ first, last, city, isOut }, index) => ({
        id: String(101 + index),
        properties: {
          firstname: first,
          lastname: last,
          email: emailOf(last),
          city,
          hs_email_optout: String(isOut),
        },
      })),
    }),
  async salesforce({ port = 4177, certificate }) {
    const sandbox = await startSalesforceSandbox({
      clock: systemClock,
      port,
      ...(certificate !== undefined && { app: { publicKey: certificate } }),
    })
    for (const { first, last, city, isOut } of people)
      sandbox.org.insert('Contact', {
        FirstName: first,
        LastName: last,
        Email: emailOf(last),
        MailingCity: city,
        HasOptedOutOfEmail: isOut,
      })
    return sandbox
  },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, certificate: { type: 'string' } },
})
const [name = ''] = positionals
const start = platforms[name]
if (start) {
  const { url } = await start({
    port: values.port === undefined ? undefined : Number(values.port),
    certificate: values.certificate === undefined ? undefined : readFileSync(values.certificate, 'utf8'),
  })
  process.stdout.write(`${name} sandbox on ${url}\n`)
} else {
  process.stderr.write(`give one of: ${Object.keys(platforms).join(', ')}\n`)
  process.exitCode = 64
}
