import type { Hub, OpenWorkspace } from '../hub.ts'
import type { InstallPorts } from './authorize-connection.ts'

/** What authorisations need of an open hub. */
export function openInstall(hub: Hub, open: OpenWorkspace, address: string): InstallPorts {
  return {
    control: hub.control,
    box: hub.dataKeys.box('access'),
    connect: open.connect,
    names: new Set(open.workspace.connections.keys()),
    address,
    clock: open.clock,
  }
}
