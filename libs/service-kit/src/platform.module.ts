import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ParkedMessages, ViewStore } from '@backstay/postgres';
import { Registry } from 'prom-client';
import { BusLink } from './bus/bus-link.ts';
import { Closing } from './closing.ts';
import { PLATFORM, type Platform } from './platform.ts';

/** A part of the platform under its own class. */
const part = <T>(
  provide: abstract new (...parameters: never[]) => T,
  of: (platform: Platform) => T,
): FactoryProvider => ({
  provide,
  useFactory: of,
  inject: [PLATFORM],
});

const parts = [
  part(ViewStore, ({ views }) => views),
  part(ParkedMessages, ({ parked }) => parked),
  part(Registry, ({ registry }) => registry),
];

/** What every provider of a service can ask for. Being global, it is the last module that Nest closes. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  /** @param platform is closed with the application; the runtime that it shares with others stays open */
  static forRoot(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      providers: [{ provide: PLATFORM, useValue: platform }, Closing, BusLink, ...parts],
      exports: [PLATFORM, Closing, BusLink, ...parts.map(({ provide }) => provide)],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.platform.close();
  }
}
