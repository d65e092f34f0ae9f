const UINT32_RANGE = 2 ** 32;
const encoder = new TextEncoder();

/**
 * A number of a request id that is spread evenly over 0 to 2^32 - 1 and the same in every process: FNV-1a of its
 * UTF-8 bytes, then the finaliser of MurmurHash3 (Austin Appleby, public domain). native/core/ring/request_gate.cpp
 * has the same.
 */
export function sampleHash(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    if (code > 0x7f) return mixed(ofBytes(encoder.encode(id)));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return mixed(hash);
}

/** Whether an id is of the share `rate`, 0 to 1, of all ids: those of a smaller share are of every larger one. */
export function isSampled(id: string, rate: number): boolean {
  if (rate >= 1) return true;
  // Without an id there is no chain that could be whole.
  return rate > 0 && id !== '' && sampleHash(id) < Math.floor(rate * UINT32_RANGE);
}

function ofBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function mixed(hash: number): number {
  let mixing = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) >>> 0;
}
