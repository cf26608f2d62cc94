import { Catch, type ExceptionFilter } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { asError } from '../bus/faults.ts';

/** What is left of an error when it leaves Nest's exception layer, which keeps no classes. */
export interface RemoteError {
  readonly terminal: boolean;
  readonly message: string;
}

/** To be thrown by a handler when no further delivery can help: the message is parked at once, for this reason. */
export const terminalFault = (message: string): RpcException =>
  new RpcException({ terminal: true, message } satisfies RemoteError);

/** Lets the words of an unexpected error reach the log and the parked message; Nest would make them `Internal server error`. */
@Catch()
export class RemoteErrorFilter implements ExceptionFilter {
  catch(thrown: unknown): Observable<never> {
    return throwError(() => remoteErrorOf(thrown instanceof RpcException ? thrown.getError() : thrown));
  }
}

export function remoteErrorOf(thrown: unknown): RemoteError {
  const { terminal, message } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<RemoteError>;
  return { terminal: terminal === true, message: typeof message === 'string' ? message : asError(thrown).message };
}
