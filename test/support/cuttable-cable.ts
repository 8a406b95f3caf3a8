import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay in front of a listener, whose cable can be cut: bytes stop, and neither side is told. */
export class CuttableCable {
  address = '';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, connect(port, '127.0.0.1')));
  }

  /** In front of 127.0.0.1:`port`. */
  static async before(port: number): Promise<CuttableCable> {
    const cable = new CuttableCable(port);
    await new Promise<void>((resolve) => cable.#server.listen(0, '127.0.0.1', resolve));
    cable.address = `127.0.0.1:${(cable.#server.address() as { port: number }).port}`;
    return cable;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    if (!this.#cut) near.pipe(far).pipe(near);
  }
}
