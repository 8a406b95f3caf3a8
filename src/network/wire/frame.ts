// What travels on every connection: `u32 length | u8 type | u32 request id | body`, big-endian; docs/formats/wire.md is its reference.

export interface Frame {
  /** 0 to 127: an opaque message of the layer above. 128 to 255: see frame-type.ts. */
  readonly type: number;
  /** 0 unless the frame belongs to a request. */
  readonly requestId: number;
  readonly body: Buffer;
}

/** Bytes before the body. */
export const frameHeaderBytes = 9;

/** What the length field counts besides the body. */
export const countedHeaderBytes = 5;

export function encodeFrame(type: number, requestId: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + body.length);
  writeFrameHeader(bytes, 0, type, requestId, body.length);
  bytes.set(body, frameHeaderBytes);
  return bytes;
}

export function writeFrameHeader(
  target: Buffer,
  offset: number,
  type: number,
  requestId: number,
  bodyLength: number,
): void {
  target.writeUInt32BE(bodyLength + countedHeaderBytes, offset);
  target.writeUInt8(type, offset + 4);
  target.writeUInt32BE(requestId, offset + 5);
}

/** The frames that `joinFrames` put into `bytes`. Bodies are views. */
export function* splitFrames(bytes: Buffer): Generator<Frame> {
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + 4 + bytes.readUInt32BE(offset);
    yield {
      type: bytes.readUInt8(offset + 4),
      requestId: bytes.readUInt32BE(offset + 5),
      body: bytes.subarray(offset + frameHeaderBytes, end),
    };
    offset = end;
  }
}

/** One buffer, with memory of its own that can be transferred to another thread. */
export function joinFrames(frames: readonly Frame[]): Buffer<ArrayBuffer> {
  const length = frames.reduce((sum, { body }) => sum + frameHeaderBytes + body.length, 0);
  const bytes = Buffer.from(new ArrayBuffer(length));
  let offset = 0;
  for (const { type, requestId, body } of frames) {
    writeFrameHeader(bytes, offset, type, requestId, body.length);
    bytes.set(body, offset + frameHeaderBytes);
    offset += frameHeaderBytes + body.length;
  }
  return bytes;
}
