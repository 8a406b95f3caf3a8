import { connect, createServer, type Server, type Socket } from 'node:net';
import { callerOf } from './caller-of.ts';

interface Call {
  readonly near: Socket;
  readonly port: number;
  readonly to: string;
  /** Undefined when it is none of those who have a number here: a command that joins the network. */
  readonly from: string | undefined;
  far: Socket | undefined;
}

/**
 * Stands between the daemons of this machine. Others are told a number of the switchboard in place of a daemon's own, so that it sees
 * who calls whom, and joins only those who may talk. A call that may not be waits, as if its packets were lost, until it may; one that
 * may be no longer is cut.
 */
export class Switchboard {
  readonly #servers: Server[] = [];
  readonly #names = new Map<string, string>();
  readonly #calls = new Set<Call>();
  #mayTalk: (one: string, other: string) => boolean = () => true;

  /** A number for the daemon of this home, which listens at `port`. */
  async number(name: string, home: string, port: number): Promise<number> {
    this.#names.set(home, name);
    const server = createServer({ pauseOnConnect: true }, (near) => this.#take(near, name, port));
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  }

  allow(mayTalk: (one: string, other: string) => boolean): void {
    this.#mayTalk = mayTalk;
    for (const call of this.#calls) {
      if (!this.#isAllowed(call)) this.#cut(call);
      else if (call.far === undefined) this.#join(call);
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const { near, far } of this.#calls) {
      near.destroy();
      far?.destroy();
    }
  }

  #take(near: Socket, to: string, port: number): void {
    const { remotePort = 0, localPort = 0 } = near;
    const home = callerOf(remotePort, localPort);
    const call = { near, port, to, far: undefined, from: this.#names.get(home ?? '') };
    this.#calls.add(call);
    near.on('error', () => {});
    near.on('close', () => this.#end(call));
    if (this.#isAllowed(call)) this.#join(call);
  }

  #isAllowed({ from, to }: Call): boolean {
    return from === undefined || this.#mayTalk(from, to);
  }

  #join(call: Call): void {
    const far = connect(call.port, '127.0.0.1');
    call.far = far;
    far.on('error', () => {});
    far.on('close', () => this.#end(call));
    call.near.pipe(far).pipe(call.near);
  }

  #cut(call: Call): void {
    if (call.far !== undefined) this.#end(call);
  }

  #end(call: Call): void {
    this.#calls.delete(call);
    call.near.destroy();
    call.far?.destroy();
  }
}
