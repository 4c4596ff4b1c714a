import { startSalesforceSandbox } from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'

// A local Salesforce to walk through docs/install-salesforce.md with; ends with Ctrl+C.
const sandbox = await startSalesforceSandbox({ clock: systemClock, port: Number(process.argv[2] ?? 4177) })
process.stdout.write(`Salesforce sandbox on ${sandbox.url}\n`)
