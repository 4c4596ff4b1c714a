import { noPrivateNetworks, parsePrivateNetworks } from '../../core/network/private-networks.ts'

/** Lets the hub connect to this machine, where the sandboxes of tests are. */
export const loopbackNetwork = parsePrivateNetworks('127.0.0.1') ?? noPrivateNetworks
