"""导出、邮寄: lists that leave the house."""
