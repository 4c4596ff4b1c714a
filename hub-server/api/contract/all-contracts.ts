import { accessContracts } from './access.ts'
import { approvalContracts } from './approval.ts'
import { auditContracts } from './audit.ts'
import { authorizationContracts } from './authorization.ts'
import { connectionContracts } from './connection.ts'
import { consentContracts } from './consent.ts'
import { cycleContracts } from './cycle.ts'
import type { AnyRouteContract } from './describe-route.ts'
import { erasureContracts } from './erasure.ts'
import { eventContracts } from './event.ts'
import { explanationContracts } from './explanation.ts'
import { hubContracts } from './hub.ts'
import { identityContracts } from './identity.ts'
import { keyContracts } from './key.ts'
import { manifestContracts } from './manifest.ts'
import { operationContracts } from './operation.ts'
import { personContracts } from './person.ts'
import { pickContracts } from './pick.ts'
import { planContracts } from './plan.ts'
import { profileContracts } from './profile.ts'
import { qualityContracts } from './quality.ts'
import { quarantineContracts } from './quarantine.ts'
import { referenceContracts } from './reference.ts'
import { runContracts } from './run.ts'
import { secretContracts } from './secret.ts'
import { segmentHistoryContracts } from './segment-history.ts'
import { segmentContracts } from './segment.ts'
import { suppressionContracts } from './suppression.ts'
import { syncContracts } from './sync.ts'

/** Every route of the API, in the order of its documentation. A test holds that each has its handler, and none else. */
export const allContracts: readonly AnyRouteContract[] = [
  ...manifestContracts,
  ...planContracts,
  ...runContracts,
  ...cycleContracts,
  ...syncContracts,
  ...segmentContracts,
  ...segmentHistoryContracts,
  ...pickContracts,
  ...profileContracts,
  ...identityContracts,
  ...explanationContracts,
  ...consentContracts,
  ...suppressionContracts,
  ...qualityContracts,
  ...quarantineContracts,
  ...keyContracts,
  ...eventContracts,
  ...personContracts,
  ...erasureContracts,
  ...operationContracts,
  ...referenceContracts,
  ...accessContracts,
  ...approvalContracts,
  ...connectionContracts,
  ...authorizationContracts,
  ...auditContracts,
  ...secretContracts,
  ...hubContracts,
]
