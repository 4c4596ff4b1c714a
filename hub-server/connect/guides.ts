import type { ConnectGuide } from './connect-guide.ts'
import { hubspotGuide } from './hubspot-guide.ts'
import { salesforceGuide } from './salesforce-guide.ts'

/** Platforms that `affluent connect` walks through. */
export const connectGuides: readonly ConnectGuide[] = [hubspotGuide, salesforceGuide]
