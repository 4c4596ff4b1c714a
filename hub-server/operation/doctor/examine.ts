import { toAffluentError } from '../../../core/errors/affluent-error.ts'
import type { DoctorCheck, DoctorDesk, Finding } from './doctor-desk.ts'
import { machineChecks } from './machine-checks.ts'
import { storeChecks } from './store-checks.ts'
import { workspaceChecks } from './workspace-checks.ts'

/** Every check, in the order in which findings are told. */
export const doctorChecks: readonly DoctorCheck[] = [...machineChecks, ...storeChecks, ...workspaceChecks]

/** Carries out all checks, one after the other. A check that breaks is a finding of its own: it stops no other. */
export async function examine(desk: DoctorDesk): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, look } of doctorChecks) {
    try {
      findings.push({ check: name, ...(await look(desk)) })
    } catch (thrown) {
      const { code } = toAffluentError(thrown, 'reading the health of the hub')
      findings.push({ check: name, state: 'fault', params: { code, broken: 'yes' } })
    }
  }
  return findings
}
