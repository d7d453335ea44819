"""The reimbursement pack: what a unit's finance files of its orders, as one PDF and one zip, made by the worker."""
