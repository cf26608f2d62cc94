import { Catch, type ExceptionFilter } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { asError } from '../bus/faults.ts';

/** What is left of an error when it leaves Nest's exception layer, which keeps no classes. */
export interface CarriedFault {
  readonly terminal: boolean;
  readonly message: string;
}

/** To be thrown by a handler when no further delivery can help: the message is parked at once, for this reason. */
export const terminalFault = (message: string): RpcException =>
  new RpcException({ terminal: true, message } satisfies CarriedFault);

/** Lets the words of an unexpected error reach the log and the parked message; Nest would make them `Internal server error`. */
@Catch()
export class CarryFaults implements ExceptionFilter {
  catch(thrown: unknown): Observable<never> {
    return throwError(() => carriedFault(thrown instanceof RpcException ? thrown.getError() : thrown));
  }
}

export function carriedFault(thrown: unknown): CarriedFault {
  const { terminal, message } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<CarriedFault>;
  return { terminal: terminal === true, message: typeof message === 'string' ? message : asError(thrown).message };
}
