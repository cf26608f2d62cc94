export { deployerContract, type DeliveryStage } from './deployer-contract.ts';
