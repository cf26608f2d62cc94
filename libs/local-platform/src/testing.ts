export {
  startTestNats as testNats,
  startTestPostgres as testPostgres,
  startTestRedis as testRedis,
  stopTestParts,
} from './testing/servers.ts';
export { findTestHaproxy, TestHaproxy } from './testing/haproxy.ts';
export { testDatabase, type TestDatabase } from './testing/database.ts';
export { eventually } from './testing/eventually.ts';
export { smallDisk, type SmallDisk } from './testing/small-disk.ts';
