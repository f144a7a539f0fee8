"""案例、练习、信任自评: learning from what happened and from made-up customers."""
