"""The life of a model: kept by content, promoted by rule, watched for drift, retrained by the calendar. Pure."""
