export {
  startTestNats as testNats,
  startTestPostgres as testPostgres,
  startTestRedis as testRedis,
  stopTestParts,
} from './testing/servers.ts';
export { testDatabase, type TestDatabase } from './testing/database.ts';
