import { type ErrorCode, errorCodes, HesperError } from '../errors.ts';

/**
 * What client and server say to each other: frames of bytes, version 2.
 *   frame:    'HSPM' | u16 version | u8 kind | u8 0 | u32 sequence | u32 payload length | payload
 *   sections: u32 length | bytes, one after the other
 * A reader knows every length before it allocates, and takes no byte too many.
 */
export const messageKinds = {
  /** Server -> client: the client plan (sections: JSON). */
  offer: 1,
  /**
   * Client -> server: sections: parameters; content id of the relinearisation key, 32 bytes, and the key; both empty if the
   * plan needs none, the key alone where the server is thought to have it.
   */
  hello: 2,
  /** Server -> client: empty. */
  ready: 3,
  /** Client -> server: a batch of seeded ciphertexts. */
  request: 4,
  /** Server -> client: the answer's ciphertexts. */
  answer: 5,
  /** Either way: JSON of an error. */
  failure: 6,
} as const;

export type MessageKind = keyof typeof messageKinds;

export interface Message {
  readonly kind: MessageKind;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

const MAGIC = 0x4d505348; // 'HSPM', little-endian
const VERSION = 2;
export const HEADER_BYTES = 16;

/** A payload with its header. */
export function frame(kind: MessageKind, sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes.set(payload, HEADER_BYTES);
  return writeHeader(bytes, kind, sequence);
}

/**
 * The same without a copy, for large payloads: writes the header into the HEADER_BYTES bytes before `payload` in its
 * buffer, which its maker left free for this.
 */
export function frameInPlace(kind: MessageKind, sequence: number, payload: Uint8Array): Uint8Array {
  const start = payload.byteOffset - HEADER_BYTES;
  return writeHeader(
    new Uint8Array(payload.buffer as ArrayBuffer, start, HEADER_BYTES + payload.length),
    kind,
    sequence,
  );
}

function writeHeader(bytes: Uint8Array, kind: MessageKind, sequence: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint8(6, messageKinds[kind]);
  view.setUint32(8, sequence, true);
  view.setUint32(12, bytes.length - HEADER_BYTES, true);
  return bytes;
}

/**
 * Parses one frame. The payload is a view of `bytes`.
 * @throws 'malformed-bytes', 'unsupported-version'
 */
export function parseFrame(bytes: Uint8Array): Message {
  if (bytes.length < HEADER_BYTES) throw malformed('message is shorter than its header', bytes.length, HEADER_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw malformed('not a Hesper message', view.getUint32(0, true), MAGIC);
  const version = view.getUint16(4, true);
  if (version !== VERSION) {
    throw new HesperError(
      'unsupported-version',
      `the message needs version ${version} of the protocol, and this release speaks version ${VERSION}`,
      { met: version, wanted: VERSION, remedy: 'Use the same release of hesper on both sides' },
    );
  }
  const kind = (Object.keys(messageKinds) as MessageKind[]).find((k) => messageKinds[k] === view.getUint8(6));
  if (kind === undefined || view.getUint8(7) !== 0)
    throw malformed('unknown message kind', view.getUint8(6), Object.values(messageKinds));
  const length = view.getUint32(12, true);
  if (length !== bytes.length - HEADER_BYTES)
    throw malformed('message length is off', bytes.length - HEADER_BYTES, length);
  return { kind, sequence: view.getUint32(8, true), payload: bytes.subarray(HEADER_BYTES) };
}

/** Parses a frame that has to be of one kind; a failure of the other side is thrown here as 'remote-failure'. */
export function expectFrame(bytes: Uint8Array, kind: MessageKind): Message {
  const message = parseFrame(bytes);
  if (message.kind === 'failure') throw remoteFailure(message.payload);
  if (message.kind !== kind) throw malformed('message of another kind', message.kind, kind);
  return message;
}

export const SECTION_HEAD_BYTES = 4;

/** Byte strings one after the other, each with its length. */
export function joinSections(sections: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(sections.reduce((sum, s) => sum + SECTION_HEAD_BYTES + s.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const section of sections) {
    view.setUint32(at, section.length, true);
    bytes.set(section, at + SECTION_HEAD_BYTES);
    at += SECTION_HEAD_BYTES + section.length;
  }
  return bytes;
}

/**
 * The same without a copy, for large sections: they lie in one buffer, each with `SECTION_HEAD_BYTES` free bytes before it
 * that begin where the section before it ends.
 */
export function joinInPlace(sections: readonly Uint8Array[]): Uint8Array {
  const [first, last] = [sections[0]!, sections.at(-1)!];
  const start = first.byteOffset - SECTION_HEAD_BYTES;
  const bytes = new Uint8Array(first.buffer, start, last.byteOffset + last.length - start);
  const view = new DataView(bytes.buffer, start);
  for (const section of sections) view.setUint32(section.byteOffset - SECTION_HEAD_BYTES - start, section.length, true);
  return bytes;
}

/** Exactly `count` sections, as views; nothing may be left over. @throws 'malformed-bytes' */
export function splitSections(bytes: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sections: Uint8Array[] = [];
  let at = 0;
  while (sections.length < count) {
    if (bytes.length - at < 4) throw malformed('message ends inside a section', bytes.length - at, 4);
    const length = view.getUint32(at, true);
    if (length > bytes.length - at - 4)
      throw malformed('section is longer than the message', length, bytes.length - at - 4);
    sections.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (at !== bytes.length) throw malformed('bytes after the last section', bytes.length - at, 0);
  return sections;
}

/** An error as a message. Errors carry public facts only, so they may travel. */
export function failureFrame(sequence: number, error: unknown): Uint8Array {
  const facts =
    error instanceof HesperError
      ? error.toJSON()
      : {
          code: 'kernel-failure',
          message: 'unexpected failure',
          met: null,
          wanted: null,
          remedy: 'See the log of the other side',
        };
  return frame('failure', sequence, new TextEncoder().encode(JSON.stringify(facts)));
}

function remoteFailure(payload: Uint8Array): HesperError {
  const facts = readFacts(payload);
  return new HesperError('remote-failure', `the other side reported ${facts.code}: ${facts.message}`, {
    met: facts.code,
    remedy: facts.remedy,
  });
}

function readFacts(payload: Uint8Array): { code: ErrorCode; message: string; remedy: string } {
  const text = new TextDecoder().decode(payload.subarray(0, 65_536));
  try {
    const { code, message, remedy } = JSON.parse(text) as Record<string, unknown>;
    if (errorCodes.includes(code as ErrorCode) && typeof message === 'string' && typeof remedy === 'string') {
      return { code: code as ErrorCode, message: message.slice(0, 2_000), remedy: remedy.slice(0, 2_000) };
    }
  } catch {
    // falls through: an unreadable failure is still a failure
  }
  return {
    code: 'malformed-bytes',
    message: 'an unreadable error message',
    remedy: 'Use the same version of hesper on both sides',
  };
}

const malformed = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('malformed-bytes', summary, { met, wanted, remedy: 'Send the bytes again, whole and unchanged' });
